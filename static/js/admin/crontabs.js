// This will say in words when the chosen crontab runs, beneath the choice, in the admin's form of a periodic task.
const words = JSON.parse(document.getElementById("readable-crontabs").textContent);
const choice = document.getElementById("id_crontab");
const said = document.createElement("div");
said.className = "help";
said.setAttribute("role", "status");
document.querySelector(".field-crontab").append(said);

const say = () => {
  said.textContent = words[choice.value] ?? "";
};

// The admin adds crontabs in a window of its own, and tells of its choice by its jQuery alone.
window.django.jQuery(choice).on("change", say);
// The same words, as they were when the page was made.
document.querySelector(".field-crontab_translation").hidden = true;
say();
