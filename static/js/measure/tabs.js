// This will bring the tab of this page into sight where not all of them fit on the screen.

const tabs = document.querySelector(".measure-tabs");
const current = tabs.querySelector("[aria-current]");
if (current) tabs.scrollLeft = current.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
