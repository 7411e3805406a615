// The page lives without this; with it, it changes by itself.
const live = document.getElementById("live");
const connection = document.getElementById("connection");
const stream = new EventSource(live.dataset.stream);

stream.addEventListener("dashboard", (event) => {
  connection.hidden = true;
  // What is about to be pressed stays where it is.
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
