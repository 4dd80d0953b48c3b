import { html, type TemplateResult } from 'lit';

const inviteCommand = 'npm run -s postern -- user invite --org ID --email YOU';

/** What to do about a link that does not work, or (`isMissing`) about the page opened without one. */
export function deadLink(isMissing: boolean): TemplateResult {
  return html`<div class="page">
    <div class="entry">
      <h1 tabindex="-1">${isMissing ? 'This page needs a link' : 'This link does not work'}</h1>
      <p>
        ${
          isMissing
            ? 'It is opened with a link that is made for one person. It may have been cut short when it was copied.'
            : 'It was used already, is too old, or was cut short when it was copied. Each link works once.'
        }
      </p>
      <ul class="plain-list">
        <li><b>Invited?</b> Ask the owner who invited you for a new link.</li>
        <li><b>Forgot your password?</b> <a href="/forgotten">Ask for another link</a>.</li>
        <li>
          <b>Do you run this server?</b> Make one on its command line:
          <pre tabindex="0"><code>${inviteCommand}</code></pre>
          <ui-copy-button .text=${inviteCommand} what="the command"></ui-copy-button>
          <p>While nobody can sign in, each start of the server prints a link.</p>
        </li>
      </ul>
      <a href="/sign-in">Sign in instead</a>
    </div>
  </div>`;
}
