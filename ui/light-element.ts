import { LitElement } from 'lit';

/** An element that draws into the page itself: one family of style sheets is for all, and ids reach across elements. */
export abstract class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
