button-ask-access = 🙋 Ask for access
access-asked = Your request went to the administrator. I will write to you when it is answered.
access-asked-already = Your request has been sent already. You can repeat it in a day.
access-nobody-reached = The administrator cannot be reached just now. Please give them your id yourself: { $id }
access-request =
    🙋 Asks for access: <b>{ $name }</b>{ $username }
    Id: <code>{ $id }</code>
access-digest =
    🙋 Waiting for access: { $count }
    { $names }
access-digest-name = • <b>{ $name }</b>{ $username }, <code>{ $id }</code>
button-allow = ✅ Allow
button-decline = Decline
access-allowed = ✅ Access given: <b>{ $name }</b>, <code>{ $id }</code>
access-declined = Access declined: <b>{ $name }</b>, <code>{ $id }</code>
access-answered = This request was answered already.
access-granted = You have access, welcome! Tap /start and we begin.
access-refused = The administrator has not given you access yet. If that is a mistake, please talk to them directly.
