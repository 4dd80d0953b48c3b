import { html, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { problems } from '../../../server/gate/problem.ts';
import { count, plural } from '../../components/number-words.ts';
import { sparkline } from '../../components/sparkline.ts';
import { sectionPath } from '../../route.ts';
import type { KeyFigures, RefusalFigure } from './figures.ts';

/** A row for each key, with the way to its own page. */
export function keyTable(organizationId: string, keys: readonly KeyFigures[]): TemplateResult {
  return html`<div class="table-card">
    <table class="table cards usage-keys" role="table" aria-label="Usage by key">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Key</th>
          <th role="columnheader" scope="col">By day</th>
          <th role="columnheader" scope="col" class="number">Accepted</th>
          <th role="columnheader" scope="col" class="number">Refused</th>
          <th role="columnheader" scope="col">Refused most for</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(
          keys,
          ({ keyId }) => keyId,
          (key) => renderRow(organizationId, key),
        )}
      </tbody>
    </table>
  </div>`;
}

function renderRow(organizationId: string, key: KeyFigures): TemplateResult {
  const path = `${sectionPath(organizationId, 'api-keys')}/${key.keyId}`;
  return html`<tr role="row">
    <th role="rowheader" scope="row"><a class="break" href=${path}>${key.name}</a></th>
    <td role="cell"><span class="cell-label" aria-hidden="true">By day</span>${sparkline(key.days)}</td>
    <td role="cell" class="number">
      <span class="cell-label" aria-hidden="true">Accepted</span>${count(key.accepted)}
    </td>
    <td role="cell" class="number"><span class="cell-label" aria-hidden="true">Refused</span>${count(key.refused)}</td>
    <td role="cell"><span class="cell-label" aria-hidden="true">Most for</span>${renderRefusal(key.mostRefused)}</td>
  </tr>`;
}

function renderRefusal(refusal: RefusalFigure | undefined): TemplateResult {
  if (refusal === undefined) return html`<span class="soft">nothing</span>`;
  const { code, requests } = refusal;
  return html`<span class="usage-refusal" title=${sentenceOf(code)}>
    <code>${code}</code> <small class="soft">${plural(requests, 'time')}</small>
  </span>`;
}

/** Codes that this version does not know have been counted by another one. */
function sentenceOf(code: string): string {
  return Object.hasOwn(problems, code) ? problems[code as keyof typeof problems].title : '';
}
