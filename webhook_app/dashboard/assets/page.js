// Live updates by server-sent events; the page works without this.
const live = document.getElementById("live");
const connection = document.getElementById("connection");
const stream = new EventSource(live.dataset.stream);

stream.addEventListener("dashboard", (event) => {
  connection.hidden = true;
  // Do not replace a button that the user is about to press.
  if (live.contains(document.activeElement) || live.querySelector("button:active")) return;
  live.innerHTML = event.data;
});

stream.addEventListener("error", () => {
  connection.textContent = connection.dataset.away;
  connection.hidden = false;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("button")) setTimeout(() => document.activeElement?.blur(), 1000);
});
