// <muniment-related>: Related Articles for any page. Its children are shown until, and unless, there is something better.
//
//   <script src="https://search.example.org/widget.js" defer></script>
//   <muniment-related><p>Until then, this.</p></muniment-related>
//
// Attributes: url (where the page has no canonical link), limit (5), level (heading level, 2), heading ("Related Articles"; empty for none,
// where the page has one of its own).
// CSS variables: --muniment-font, --muniment-ink, --muniment-quiet, --muniment-link, --muniment-line, --muniment-gap.
// Parts: section, heading, list, item, link, facts, reason.
// Events, bubbling: muniment-load {count}, muniment-error {reason}, muniment-open {url} on following a link.
(() => {
  "use strict";
  if (customElements.get("muniment-related")) return;
  const script = document.currentScript;
  if (!script) return;
  const home = new URL(".", script.src);
  const PATIENCE = 2500;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; }
    :host([hidden]) { display: none; }
    section { all: initial; display: block; color-scheme: inherit; color: var(--muniment-ink, CanvasText);
      font: var(--muniment-font, medium/1.5 system-ui, sans-serif); overflow-wrap: break-word; }
    h1, h2, h3, h4, h5, h6 { font-size: 1.25em; line-height: 1.3; margin: 0 0 .4em; }
    ul { list-style: none; margin: 0; padding: 0; }
    li { padding: var(--muniment-gap, .7em) 0; border-top: 1px solid var(--muniment-line, color-mix(in srgb, currentcolor 22%, transparent)); }
    a { color: var(--muniment-link, LinkText); text-underline-offset: .15em; }
    a:focus-visible { outline: 2px solid; outline-offset: 2px; }
    p { margin: .15em 0 0; font-size: .875em; color: var(--muniment-quiet, color-mix(in srgb, currentcolor 72%, transparent)); }`);

  const make = (tag, part, text) => {
    const element = document.createElement(tag);
    element.setAttribute("part", part);
    if (text) element.textContent = text;
    return element;
  };

  const web = (address) => {
    try {
      return ["http:", "https:"].includes(new URL(address).protocol);
    } catch {
      return false;
    }
  };

  const when = ({ published, published_until: until, published_precision: precision }) => {
    if (!published || precision === "none") return "";
    if (precision === "year") return published.slice(0, 4);
    const [first, last] = [published, until].map((day) => new Date(`${day}T00:00:00Z`));
    const several = precision === "season", months = (last.getUTCMonth() - first.getUTCMonth() + 12) % 12;
    const season = { 12: "Winter", 3: "Spring", 6: "Summer", 9: "Autumn" }[first.getUTCMonth() + 1];
    const [year, later] = [published, until].map((day) => day.slice(0, 4));
    if (several && season && months === 2) return `${season} ${year}${later === year ? "" : `–${later.slice(2)}`}`;
    const shape = { month: "long", year: "numeric", timeZone: "UTC" };
    if (precision === "day") shape.day = "numeric";
    // A page that only says "en" would get its months first.
    const lang = document.documentElement.lang;
    const written = (tag) => new Intl.DateTimeFormat(tag, shape)[several ? "formatRange" : "format"](first, last);
    try {
      return written(!lang || lang === "en" ? "en-GB" : lang);
    } catch {
      return written("en-GB"); // "en_GB", or no language at all
    }
  };

  class Related extends HTMLElement {
    #started = false;

    connectedCallback() {
      if (this.#started) return;
      this.#started = true;
      this.attachShadow({ mode: "open" }).append(document.createElement("slot"));
      if (!("IntersectionObserver" in window)) return void this.#load();
      const near = new IntersectionObserver((entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        near.disconnect();
        this.#load();
      }, { rootMargin: "600px" });
      near.observe(this);
    }

    async #load() {
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), PATIENCE);
      try {
        const response = await fetch(this.#address(), { signal: stop.signal, credentials: "omit" });
        if (!response.ok) throw new Error(`status ${response.status}`);
        const { items } = await response.json();
        const shown = items.filter((item) => web(item.document.url));
        if (shown.length) this.#show(shown);
        this.#tell("load", { count: shown.length });
      } catch (error) {
        this.#tell("error", { reason: String(error && error.message) });
      } finally {
        clearTimeout(timer);
      }
    }

    #address() {
      const canonical = document.querySelector("link[rel~=canonical][href]");
      const page = (canonical && canonical.href) || this.getAttribute("url") || location.href;
      const address = new URL("api/related", home);
      address.searchParams.set("url", page.split("#")[0]);
      address.searchParams.set("limit", String(this.#number("limit", 5, 50)));
      return address;
    }

    #number(name, otherwise, most) {
      const value = Number.parseInt(this.getAttribute(name), 10);
      return value >= 1 && value <= most ? value : otherwise;
    }

    #show(items) {
      const section = make("section", "section");
      const title = this.getAttribute("heading") ?? "Related Articles";
      if (title) {
        const heading = make(`h${this.#number("level", 2, 6)}`, "heading", title);
        heading.id = "heading";
        section.setAttribute("aria-labelledby", "heading");
        section.append(heading);
      }
      const list = make("ul", "list");
      list.append(...items.map((item) => this.#item(item)));
      section.append(list);
      this.shadowRoot.adoptedStyleSheets = [sheet];
      this.shadowRoot.replaceChildren(section);
    }

    #item({ document: found, reason }) {
      const item = make("li", "item");
      const link = make("a", "link", found.title);
      link.href = found.url;
      if (found.lang) link.lang = found.lang;
      link.addEventListener("click", () => this.#tell("open", { url: found.url }));
      item.append(link);
      const date = when(found);
      if (date) item.append(make("p", "facts", date));
      if (reason) item.append(make("p", "reason", reason));
      return item;
    }

    #tell(name, detail) {
      this.dispatchEvent(new CustomEvent(`muniment-${name}`, { bubbles: true, composed: true, detail }));
    }
  }

  customElements.define("muniment-related", Related);
})();
