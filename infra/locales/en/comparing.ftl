button-admin-ranking = 🏆 Model ranking
admin-ranking = <b>🏆 Model ranking</b>
admin-ranking-work = <b>{ $work }</b>
admin-ranking-row = { $name } — <b>{ $share } %</b> (won { $won }, lost { $lost }, tied { $tied })
admin-ranking-row-few = { $name } — won { $won }, lost { $lost }, tied { $tied }
admin-ranking-few = Few votes so far (less than { $duels }):
admin-ranking-how = The percentage is the share of wins in the pairs that the team compared blind; a tie is half of a win.
admin-ranking-empty = No votes yet. Compare models blind with “🆚 Compare models” on the card of an image or a video.
