// How the shop wants its Elements to look: `style` of the card's Elements, `appearance` of the others.
// Everything goes through the browser's own style objects, so that no text becomes a rule by itself.

const PROPERTIES = new Set([
  "backgroundColor",
  "color",
  "fontFamily",
  "fontSize",
  "fontStyle",
  "fontVariant",
  "fontWeight",
  "lineHeight",
  "letterSpacing",
  "textAlign",
  "padding",
  "textDecoration",
  "textShadow",
  "textTransform",
  "border",
  "borderColor",
  "borderRadius",
  "borderWidth",
  "borderStyle",
  "boxShadow",
  "outline",
  "margin",
  "marginTop",
  "marginBottom",
  "opacity",
  "transition",
  "fill",
  "borderTop",
  "borderRight",
  "borderBottom",
  "borderLeft",
  "paddingTop",
  "paddingBottom",
  "paddingLeft",
  "paddingRight",
  "backgroundImage",
  "background",
  "display",
  "outlineOffset",
]);

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [sheet];

function add(selector, properties = {}) {
  let rule;
  try {
    rule = sheet.cssRules[sheet.insertRule(`${selector} {}`, sheet.cssRules.length)];
  } catch {
    console.warn(`Stripe emulator: the selector ${selector} of this appearance is no valid one.`);
    return;
  }
  for (const [name, value] of Object.entries(properties)) {
    if (!PROPERTIES.has(name) || /url\s*\(/i.test(value)) continue;
    rule.style.setProperty(
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      String(value),
    );
  }
}

const PSEUDO = [
  ":hover",
  ":focus",
  "::placeholder",
  "::selection",
  ":-webkit-autofill",
  ":disabled",
];

export function applyStyle(style = {}) {
  sheet.replaceSync("");
  for (const state of ["base", "empty", "complete", "invalid"]) {
    const variant = style[state];
    if (!variant) continue;
    const inside = state === "base" ? "#inner" : `#inner[data-state=${state}]`;
    add(state === "invalid" ? "#inner input[aria-invalid=true]" : `${inside} input`, variant);
    const mark = variant.iconColor ?? variant.color;
    if (mark) add(`${inside} .brand`, { color: mark });
    for (const pseudo of PSEUDO)
      if (variant[pseudo]) add(`${inside} input${pseudo}`, variant[pseudo]);
  }
}

const VARIABLES = {
  colorPrimary: "--primary",
  colorBackground: "--ground",
  colorText: "--ink",
  colorDanger: "--bad",
  colorTextSecondary: "--soft",
  colorTextPlaceholder: "--faint",
  fontFamily: "--font",
  fontSizeBase: "--size",
  spacingUnit: "--unit",
  borderRadius: "--radius",
  fontLineHeight: "--leading",
  gridRowSpacing: "--row",
  gridColumnSpacing: "--column",
  spacingGridRow: "--row",
  spacingGridColumn: "--column",
};
const CLASSES =
  /^\.(Input|Label|Tab|TabLabel|TabIcon|Error|Block|Text|AccordionItem|CheckboxInput|CheckboxLabel|Dropdown|DropdownItem|RedirectText|TermsText)(--[a-z]+)?(::?[a-z-]+(\([a-z-]+\))?)*$/;

export function applyAppearance({
  theme = "stripe",
  variables = {},
  rules = {},
  labels = "auto",
  inputs = "spaced",
} = {}) {
  const root = document.documentElement;
  root.dataset.theme = ["stripe", "night", "flat"].includes(theme) ? theme : "stripe";
  root.dataset.labels = labels;
  root.dataset.inputs = inputs;
  for (const name of new Set(Object.values(VARIABLES))) root.style.removeProperty(name);
  for (const [name, value] of Object.entries(variables)) {
    if (VARIABLES[name] && !/url\s*\(/i.test(value))
      root.style.setProperty(VARIABLES[name], String(value));
  }
  sheet.replaceSync("");
  for (const [selector, properties] of Object.entries(rules)) {
    if (CLASSES.test(selector)) add(selector, properties);
    else
      console.warn(
        `Stripe emulator: the rule ${selector} of this appearance is not one of Elements'.`,
      );
  }
}
