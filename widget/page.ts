/**
 * The page, by names that its HTML can't take. `<img name="createElement">` stands in the way of `document.createElement`,
 * and `<a id="postern">` is `window.postern` where no script has set one. So whatever the widget asks of the document it
 * takes from the prototype, and of names that the window may not have it takes only the window's own.
 */
export function ofDocument<Name extends keyof Document>(name: Name): Document[Name] {
  const value: unknown = Reflect.get(Document.prototype, name, document);
  return (typeof value === 'function' ? value.bind(document) : value) as Document[Name];
}

export function ofWindow(name: string): unknown {
  return Object.getOwnPropertyDescriptor(window, name) && Reflect.get(window, name);
}
