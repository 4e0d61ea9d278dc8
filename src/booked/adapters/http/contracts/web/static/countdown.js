// Counts down what the page says of the time left, and says politely when the last minute begins and when it is over.

const left = document.getElementById("left");
const said = document.getElementById("said");
const end = Date.now() + 1000 * Number(left.dataset.seconds);

function say(text) {
  if (said.textContent !== text) said.textContent = text;
}

function show() {
  const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
  left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  left.classList.toggle("last", seconds <= 60);
  if (seconds <= 60) say(seconds ? left.dataset.last : left.dataset.over);
  if (!seconds) clearInterval(timer);
}

const timer = setInterval(show, 1000);
show();
