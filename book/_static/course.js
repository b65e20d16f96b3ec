// Repairs to sphinx-book-theme 1.3 that axe-core asks for.
const repair = () => {
  // the accessible name must contain the visible text (WCAG 2.5.3)
  document.querySelectorAll(".search-button-field").forEach((button) => button.removeAttribute("aria-label"));
  // Font Awesome turns the icons into titled SVGs; the button already has a name
  document.querySelectorAll(".theme-switch-button svg").forEach((icon) => {
    icon.querySelector("title")?.remove();
    icon.removeAttribute("aria-labelledby");
    icon.setAttribute("aria-hidden", "true");
  });
  // the logo stands outside every landmark
  document.querySelectorAll(".sidebar-primary-items__start > .sidebar-primary-item:first-child").forEach((item) => {
    item.setAttribute("role", "region");
    item.setAttribute("aria-label", "Course title");
  });
  // the arrow that unfolds the pages of a chapter has no name of its own
  document.querySelectorAll(".bd-sidebar-primary li.has-children > details > summary").forEach((arrow) => {
    const chapter = arrow.closest("li").querySelector("a")?.textContent.trim();
    arrow.setAttribute("aria-label", `Pages of “${chapter}”`);
  });
  // doc-biblioentry is deprecated, and a list wants list items
  document.querySelectorAll('[role="list"] > [role="doc-biblioentry"]').forEach((entry) => entry.setAttribute("role", "listitem"));
};

// The theme lets the keyboard reach code and tables that scroll sideways; formulas need the same.
const reachFormulas = () => {
  const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
  }));
  document.querySelectorAll('mjx-container[display="true"]').forEach((formula) => observer.observe(formula));
};

// The book does not know its reader's JupyterHub: the button asks once and remembers the answer.
const UNKNOWN_HUB = "https://hub.example.org";
const askForHub = (event) => {
  const link = event.target.closest(`a[href^="${UNKNOWN_HUB}/"]`);
  if (!link) return;
  event.preventDefault();
  const answer = window.prompt("Address of your JupyterHub (it needs nbgitpuller):", localStorage.getItem("jupyterhub") ?? "https://");
  if (!answer || !/^https?:\/\/[^/\s]+/.test(answer)) return;
  const hub = answer.trim().replace(/\/+$/, "");
  localStorage.setItem("jupyterhub", hub);
  window.open(link.href.replace(UNKNOWN_HUB, hub), "_blank", "noopener");
};

document.addEventListener("click", askForHub);
document.addEventListener("DOMContentLoaded", repair);
window.addEventListener("load", () => {
  repair();
  // Font Awesome replaces icons after the page has loaded
  const header = document.querySelector(".article-header-buttons");
  if (header) new MutationObserver(repair).observe(header, { childList: true, subtree: true });
  window.MathJax?.startup?.promise?.then(reachFormulas);
});
