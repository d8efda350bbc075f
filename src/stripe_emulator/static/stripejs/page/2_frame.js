// A page of the emulator inside the shop's page, and the messages between the two.

// Names must not meet again where a page has loaded this script twice.
let framesMade = Math.floor(Math.random() * 9000 + 1000) * 1000;

class Frame {
  // `page`: an address below the emulator's; `start`: what the page is told first.
  constructor(page, title, start, listener) {
    framesMade += 1;
    this.name = `${page.startsWith("controller") ? "__privateStripeController" : "__privateStripeFrame"}${framesMade}`;
    this.page = page;
    this.title = title;
    this.start = start;
    this.listener = listener;
    // A form's focus rings and shadows need room beside its fields.
    this.style = /payment|form/.test(page)
      ? { width: "calc(100% + 8px)", margin: "-4px" }
      : { width: "100%", margin: "0" };
    this.waiting = new Map();
    this.asked = 0;
    this.iframe = null;
    this.hear = this.hear.bind(this);
  }

  attach(place) {
    const iframe = document.createElement("iframe");
    iframe.name = this.name;
    iframe.title = this.title;
    iframe.setAttribute("frameborder", "0");
    iframe.setAttribute("allowtransparency", "true");
    // A dark page would otherwise paint the frame's transparent ground.
    const style = {
      border: "0",
      display: "block",
      height: "1px",
      padding: "0",
      "color-scheme": "light only",
      ...this.style,
    };
    for (const [name, value] of Object.entries(style))
      iframe.style.setProperty(name, value, "important");
    this.iframe = iframe;
    this.said = new Promise((resolve) => (this.greeted = resolve));
    window.addEventListener("message", this.hear);
    iframe.src = new URL(this.page, `${HOME}/v3/`).href;
    place.append(iframe);
  }

  detach() {
    window.removeEventListener("message", this.hear);
    this.iframe?.remove();
    this.iframe = null;
    for (const { reject } of this.waiting.values())
      reject(new IntegrationError("The Element was unmounted."));
    this.waiting.clear();
  }

  // What the frame's function `name` answers.
  async ask(name, ...given) {
    await this.said;
    mustBe(this.iframe, "The Element is not mounted.");
    this.asked += 1;
    const id = this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.post({ type: "ask", id, name, given });
    });
  }

  // The same where nobody waits for the answer, and the frame may be gone before there is one.
  order(name, ...given) {
    this.ask(name, ...given).catch(() => {});
  }

  async greet() {
    this.post({ type: "start", given: await this.start() });
    this.greeted();
  }

  setHeight(pixels) {
    this.iframe.style.setProperty("height", `${Number(pixels)}px`, "important");
  }

  post(message) {
    this.iframe?.contentWindow?.postMessage({ source: SOURCE, ...message }, HOME);
  }

  hear(event) {
    if (event.origin !== HOME || event.source !== this.iframe?.contentWindow) return;
    const message = event.data;
    if (message?.source !== SOURCE) this.listener?.(message);
    else if (message.type === "hello") {
      this.greet();
    } else if (message.type === "size") {
      this.setHeight(message.height);
    } else if (message.type === "answer") {
      const { resolve } = this.waiting.get(message.id) ?? {};
      this.waiting.delete(message.id);
      resolve?.(message.value);
    } else {
      this.listener?.(message);
    }
  }
}

// The hidden frame that speaks with the API: a page of another origin may not.
function controllerOf(stripe) {
  const state = inner.get(stripe);
  if (!state.controller) {
    const frame = new Frame("controller.html", "Stripe emulator", () => ({
      key: state.key,
      locale: state.locale,
    }));
    state.controller = frame;
    const place = () => {
      frame.attach(document.body);
      frame.iframe.setAttribute("aria-hidden", "true");
      frame.iframe.tabIndex = -1;
      const style = {
        position: "absolute",
        width: "1px",
        height: "1px",
        visibility: "hidden",
        left: "-9999px",
      };
      for (const [name, value] of Object.entries(style))
        frame.iframe.style.setProperty(name, value, "important");
    };
    // Stripe() may be called in the head, where there is no body yet.
    if (document.body) place();
    else
      frame.said = new Promise((resolve) => {
        document.addEventListener(
          "DOMContentLoaded",
          () => {
            place();
            frame.said.then(resolve);
          },
          { once: true },
        );
      });
  }
  return state.controller;
}
