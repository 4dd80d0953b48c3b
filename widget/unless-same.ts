/** Draws only when something that it depends on is another one than before. (Lit's `guard` does more than is needed here.) */
import { noChange } from 'lit';
import { Directive, directive } from 'lit/directive.js';

class UnlessSame extends Directive {
  #before: readonly unknown[] = [];

  override render(inputs: readonly unknown[], draw: () => unknown): unknown {
    const isSame = inputs.every((input, index) => input === this.#before[index]);
    this.#before = inputs;
    return isSame ? noChange : draw();
  }
}

export const unlessSame = directive(UnlessSame);
