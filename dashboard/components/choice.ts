import { html, type TemplateResult } from 'lit';

interface Choice<Value extends string> {
  /** Unique in the page. */
  readonly name: string;
  /** What is chosen; read out, not seen. */
  readonly legend: string;
  readonly options: readonly { readonly value: Value; readonly words: TemplateResult | string }[];
  readonly value: Value;
  readonly choose: (value: Value) => void;
}

/** One of a few, side by side: radio buttons that look like one control. */
export function choice<Value extends string>({ name, legend, options, value, choose }: Choice<Value>): TemplateResult {
  return html`<fieldset class="choice">
    <legend class="unseen">${legend}</legend>
    ${options.map(
      (option) =>
        html`<label>
          <input
            type="radio"
            name=${name}
            .value=${option.value}
            .checked=${option.value === value}
            @change=${() => choose(option.value)}
          />
          <span>${option.words}</span>
        </label>`,
    )}
  </fieldset>`;
}
