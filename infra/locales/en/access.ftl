button-ask-access = 🙋 Ask for access
access-asked = Your request went to the administrator. I will write to you when it is answered.
access-asked-already = Your request was sent already. You can repeat it after a day.
access-nobody-reached = The administrator cannot be reached just now. Please pass on your id: { $id }
access-request =
    🙋 Asks for access: <b>{ $name }</b>{ $username }
    Id: <code>{ $id }</code>
button-allow = ✅ Allow
button-decline = Decline
access-allowed = ✅ Access given: <b>{ $name }</b>, <code>{ $id }</code>
access-declined = Access not given: <b>{ $name }</b>, <code>{ $id }</code>
access-answered = This request has been answered already.
access-granted = You have access, welcome! Tap /start and we begin.
access-refused = The administrator has not given you access yet. If that is a mistake, please talk to them directly.
