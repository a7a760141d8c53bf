// This will number the lines of a config file, mark those that are wrong, and lead to them.

const editor = document.querySelector("[data-editor]");
const lines = editor.querySelector("ol");
const text = editor.querySelector("textarea");
const found = document.getElementById("found");

const wrongLines = () => new Set([...found.querySelectorAll("[data-line]")].map((one) => Number(one.dataset.line)));

/** The field is as high as its text, so that only the page scrolls. */
function draw() {
  const count = text.value.split("\n").length;
  const wrong = wrongLines();
  text.rows = count + 1;
  lines.replaceChildren(...Array.from({ length: count }, (_, index) => numbered(index + 1, wrong.has(index + 1))));
}

function numbered(number, isWrong) {
  const line = document.createElement("li");
  line.textContent = String(number);
  line.classList.toggle("is-wrong", isWrong);
  return line;
}

/** Select from a column to the end of its line, and bring it into sight. */
function goTo(line, column) {
  const before = text.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  const end = text.value.indexOf("\n", before);
  text.focus({ preventScroll: true });
  text.setSelectionRange(before + column - 1, end < 0 ? text.value.length : end);
  lines.children[line - 1]?.scrollIntoView({ block: "center" });
}

found.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (!link) return;
  event.preventDefault();
  goTo(Number(link.dataset.line), Number(link.dataset.column));
});
text.addEventListener("input", draw);
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target === found) draw();
});
draw();
