// What a screen reader sees, for the tests: roles, names, and what is in sight.
const ROLES = {
  BUTTON: "button", TEXTAREA: "textbox", SELECT: "combobox", OPTION: "option", DIALOG: "dialog", ARTICLE: "article",
  H1: "heading", H2: "heading", H3: "heading", NAV: "navigation", MAIN: "main", ASIDE: "complementary", UL: "list",
  OL: "list", LI: "listitem", TABLE: "table", SUMMARY: "button",
};
const INPUTS = { checkbox: "checkbox", radio: "radio", search: "searchbox", number: "spinbutton", button: "button", submit: "button" };
const PRESSABLE = ["button", "link", "menuitem", "radio", "checkbox", "switch", "tab", "option"];
const WRITABLE = ["textbox", "searchbox", "spinbutton"];

const roleOf = (e) =>
  e.getAttribute("role") ?? (e.tagName === "A" && e.hasAttribute("href") ? "link" : null) ??
  (e.tagName === "INPUT" ? (INPUTS[e.type] ?? "textbox") : null) ?? ROLES[e.tagName] ?? "";
const squeeze = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const textOf = (e) => {
  if (e.nodeType === Node.TEXT_NODE) return e.data;
  if (e.nodeType !== Node.ELEMENT_NODE || e.getAttribute("aria-hidden") === "true") return "";
  return [...e.childNodes].map(textOf).join(e.children.length > 0 ? " " : "");
};
const nameOf = (e) => {
  const by = (e.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)).filter(Boolean);
  if (by.length > 0) return squeeze(by.map(textOf).join(" "));
  if (e.ariaLabel) return squeeze(e.ariaLabel);
  const labels = e.labels && e.tagName !== "BUTTON" ? [...e.labels] : [];
  if (labels.length > 0) return squeeze(labels.map(textOf).join(" "));
  const named = WRITABLE.includes(roleOf(e)) ? "" : squeeze(textOf(e));
  return named || squeeze(e.title || e.getAttribute("placeholder"));
};
const inSight = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && e.getClientRects().length > 0;
// Exactly so named first, else those whose name begins so.
const findAll = (roles, name) => {
  const fitting = [...document.querySelectorAll("*")].filter((e) => (roles.length === 0 || roles.includes(roleOf(e))) && inSight(e));
  if (name === null) return fitting;
  const exact = fitting.filter((e) => nameOf(e) === name);
  return exact.length > 0 ? exact : fitting.filter((e) => nameOf(e).startsWith(name));
};
