// This will print the report, or save it as PDF, by the browser's own dialog.

const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
