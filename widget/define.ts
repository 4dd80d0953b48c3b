/** Registers the element. A page may carry two copies of it (two tags, two versions): the first one stays. */
import { PosternChat } from './element.ts';

export function definePosternChat(): void {
  // In Node there is nothing to register with, and importing must be harmless.
  if (typeof customElements === 'undefined' || customElements.get('postern-chat')) return;
  customElements.define('postern-chat', PosternChat);
}

declare global {
  interface HTMLElementTagNameMap {
    'postern-chat': PosternChat;
  }
}
