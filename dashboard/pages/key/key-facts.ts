import { html, nothing, type TemplateResult } from 'lit';
import type { Key } from '../../../server/http/wire.ts';
import { makerWords } from '../../components/maker-words.ts';
import { tagList } from '../../components/tag-list.ts';
import { exactTime } from '../../components/time-words.ts';

/** What a key is and when it was used, at a glance. `path`: where the list of keys is. */
export function keyFacts(key: Key, path: string): TemplateResult {
  const { publicKey, tags, notes, createdAt, createdBy, lastUsedAt, lastUsedOrigin } = key;
  return html`<dl class="card key-facts">
    <div class="key-fact wide">
      <dt>Public key</dt>
      <dd class="public-key-whole">
        <code>${publicKey}</code>
        <ui-copy-button .text=${publicKey} what="the public key" compact></ui-copy-button>
      </dd>
    </div>
    <div class="key-fact">
      <dt>Last used</dt>
      <dd>
        ${
          lastUsedAt === null
            ? html`Never`
            : html`<ui-time .at=${lastUsedAt}></ui-time>
                <small class="soft">
                  ${exactTime(lastUsedAt)}${lastUsedOrigin === null ? nothing : html` from <code>${lastUsedOrigin}</code>`}
                </small>`
        }
      </dd>
    </div>
    <div class="key-fact">
      <dt>Created</dt>
      <dd>
        <ui-time .at=${createdAt}></ui-time>
        <small class="soft"
          >${exactTime(createdAt)}${createdBy ? html` by <span class="break">${makerWords(createdBy)}</span>` : nothing}</small
        >
      </dd>
    </div>
    ${
      tags.length === 0
        ? nothing
        : html`<div class="key-fact whole">
            <dt>Tags</dt>
            <dd>${tagList(tags, path)}</dd>
          </div>`
    }
    ${
      notes === ''
        ? nothing
        : html`<div class="key-fact whole">
            <dt>Notes</dt>
            <dd class="key-notes" dir="auto">${notes}</dd>
          </div>`
    }
  </dl>`;
}
