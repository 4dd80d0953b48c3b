/** A class of an element that names the elements it uses, so that importing it registers nothing. */
export interface ElementClass extends CustomElementConstructor {
  readonly elements?: Readonly<Record<string, ElementClass>>;
}

/** Registers elements by tag, and first the ones that they use. A tag that is taken stays as it is. */
export function registerElements(elements: Readonly<Record<string, ElementClass>>): void {
  for (const [tag, element] of Object.entries(elements)) {
    if (customElements.get(tag)) continue;
    registerElements(element.elements ?? {});
    customElements.define(tag, element);
  }
}
