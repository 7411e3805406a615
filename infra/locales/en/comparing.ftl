button-admin-ranking = 🏆 Model ranking
admin-ranking = <b>🏆 Model ranking</b>
admin-ranking-work = <b>{ $work }</b>
admin-ranking-row = { $name } — <b>{ $share } %</b> (won { $won }, lost { $lost }, tied { $tied })
admin-ranking-row-few = { $name } — won { $won }, lost { $lost }, tied { $tied }
admin-ranking-few = Few votes so far (less than { $duels }):
admin-ranking-how = The percentage is the share of wins in the pairs that the team compared blind; a tie is half of a win.
admin-ranking-empty = No votes yet. Compare models blind with “🆚 Compare models” on the card of an image or a video.

button-compare = 🆚 Compare models
button-compare-chosen = 🆚 Compare models: { $count }
button-compare-done = Done: { $count } models
button-compare-none = Do not compare
ask-compare =
    <b>🆚 Compare models</b>
    Choose { $fewest } to { $most } models. Each makes one result. They come as letters, and before the vote you cannot see which is whose. Prices are for this order.
compare-adapted = <b>{ $model }</b>: { $lost }
compare-full = You can compare at most { $most } models at once. Please drop one first.
ask-compared = 🆚 A blind comparison of { $models }. Each makes one result.

set-compare = <b>🆚 Comparison of { $count } models</b>
compare-letter = 🆚 Result { $letter } of a comparison: its model is hidden until the vote.
compare-failed = ❌ Failed: { $why }.
compare-cancelled = Cancelled.

ask-vote =
    <b>🆚 Which do you like best?</b>
    After your vote you see which model made which.
ask-vote-in-group =
    <b>🆚 Which do you like best?</b>
    Everybody has one vote and can change it while the models are hidden. The author can show the models.
button-tie = 🤝 Tie
button-reveal = 👁 Show without a vote
button-reveal-in-group = 👁 Show the models
result-unveil = 👁 Show the model
vote-counted = Your vote for { $letter } counts. Votes so far: { $count }.
vote-counted-tie = Your vote for a tie counts. Votes so far: { $count }.
vote-changed = Your vote is now { $letter }. Votes so far: { $count }.
vote-changed-tie = Your vote is now a tie. Votes so far: { $count }.
compare-revealed = The models are shown
compare-closed = The models are shown already; the vote is over.
compare-unfinished = Some results of the comparison are not ready. You can show the models once they have come.
compare-gone = This comparison is not available any more.
compare-not-yours = Only the author of the comparison can show the models.
compare-blind = The model is still hidden. Vote first, or press “👁” below the results.

compare-sent = 🆚 In this order: { $labels }
compare-models = <b>🆚 The models of the comparison</b>
compare-row = <b>{ $letter }</b> — { $model }
compare-votes = { $count ->
        [one] { $count } vote
       *[other] { $count } votes
    }
compare-ties = 🤝 Tie: { $count ->
        [one] { $count } vote
       *[other] { $count } votes
    }
compare-deleted = deleted
compare-single = There is only one result, so there is no vote.
compare-next = What next? Choose a letter, and the buttons are for it.
