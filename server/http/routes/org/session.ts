/** `/api/session` and `/api/setup`: signing in and out, one's password, one-time links. */
import { type Router, type Request, type RequestHandler, type Response } from 'express';
import {
  forgottenInput,
  organizationInput,
  passwordInput,
  previewInput,
  setupInput,
  signInInput,
} from '../../../accounts/account-input.ts';
import { foundOrganization } from '../../../accounts/organizations.ts';
import type { ForgottenPasswords } from '../../../accounts/forgotten-passwords.ts';
import type { Sessions, SignedIn } from '../../../accounts/sessions.ts';
import type { SetupLinks } from '../../../accounts/setup-links.ts';
import type { Clock } from '../../../gate/clock.ts';
import { isRefusal, type Refusal } from '../../../gate/problem.ts';
import type { User } from '../../../records/user.ts';
import type { Store } from '../../../store/port.ts';
import { addressGroup } from '../../../usage/address.ts';
import { createJsonBody, parseBody, parseWith } from '../../body.ts';
import { readAddress } from '../../credentials.ts';
import type { ProblemAnswers } from '../../errors.ts';
import { createExactRouter } from '../../exact-router.ts';
import { answerJson, presentSession } from '../../present.ts';
import { signOutQuery } from '../../request-input.ts';
import { refuseOtherPage, requireCurrentSession } from '../../require-member.ts';
import type { SessionCookie } from '../../session-cookie.ts';
import type * as Wire from '../../wire.ts';

interface SessionRouteParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly links: SetupLinks;
  readonly forgotten: ForgottenPasswords;
  readonly cookie: SessionCookie;
  readonly answers: ProblemAnswers;
  readonly publicOrigin: string;
}

export function createSessionRoutes(parts: SessionRouteParts): Router {
  const { store, sessions, links, forgotten, cookie, answers, publicOrigin } = parts;
  const requireSession = requireCurrentSession(parts);
  const body = createJsonBody();

  const fromOwnPage: RequestHandler = (request, response, next) => {
    const refusal = refuseOtherPage(request, publicOrigin);
    if (refusal === undefined) next();
    else answers.answer(response, refusal);
  };

  async function answerSession(response: Response, user: User): Promise<void> {
    const memberships = await store.listMembershipsOf(user.id);
    const organizations = await Promise.all(
      memberships.map(async ({ organizationId, role }) => {
        const organization = await store.findOrganization(organizationId);
        return organization && { organization, role };
      }),
    );
    answerJson(
      response,
      presentSession(
        user,
        organizations.filter((found) => found !== undefined),
      ),
    );
  }

  async function answerSignedIn(request: Request, response: Response, signedIn: SignedIn | Refusal): Promise<void> {
    if (isRefusal(signedIn)) return answers.answer(response, signedIn);
    // The session that this browser had before is not left behind.
    const earlier = cookie.read(request);
    const before = earlier === undefined ? undefined : await sessions.find(earlier);
    if (before !== undefined) await sessions.end(before);
    response.locals.userId = signedIn.user.id;
    cookie.set(response, signedIn.cookie);
    await answerSession(response, signedIn.user);
  }

  const addressOf = (request: Request): string => addressGroup(readAddress(request));

  const routes = createExactRouter();
  routes.use(['/api/session', '/api/setup', '/api/organizations'], (_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });

  routes
    .route('/api/session')
    .get(async (request, response) => {
      const current = await requireSession(request, response);
      if (current !== undefined) await answerSession(response, current.user);
    })
    .post(fromOwnPage, body, async (request, response) => {
      const input = parseBody(signInInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { email, password } = input.value;
      await answerSignedIn(request, response, await sessions.signIn(email, password, addressOf(request)));
    })
    .delete(async (request, response) => {
      const current = await requireSession(request, response);
      if (current === undefined) return;
      const asked = parseWith(signOutQuery, request.query);
      if (isRefusal(asked)) return answers.answer(response, asked);
      if (asked.value.everywhere === 'true') await sessions.endAll(current.user);
      else await sessions.end(current);
      cookie.clear(response);
      response.status(204).end();
    })
    .all(answers.methodNotAllowed('GET', 'POST', 'DELETE'));

  routes
    .route('/api/session/password')
    .put(body, async (request, response) => {
      const current = await requireSession(request, response);
      if (current === undefined) return;
      const input = parseBody(passwordInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const { currentPassword, newPassword } = input.value;
      const { user } = current;
      const changed = await sessions.changePassword(user, currentPassword, newPassword, addressOf(request));
      await answerSignedIn(request, response, changed);
    })
    .all(answers.methodNotAllowed('PUT'));

  routes
    .route('/api/organizations')
    .post(body, async (request, response) => {
      const current = await requireSession(request, response);
      if (current === undefined) return;
      const input = parseBody(organizationInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const made = await foundOrganization(parts, current.user, input.value.name);
      if (isRefusal(made)) return answers.answer(response, made);
      response.statusCode = 201;
      answerJson<Wire.SessionOrganization>(response, { id: made.id, name: made.name, role: 'owner' });
    })
    .all(answers.methodNotAllowed('POST'));

  routes
    .route('/api/setup/preview')
    .post(fromOwnPage, body, async (request, response) => {
      const input = parseBody(previewInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const preview = await links.preview(input.value.token);
      if (isRefusal(preview)) return answers.answer(response, preview);
      const { purpose, email, organization, role, hasAccount } = preview;
      answerJson<Wire.SetupPreview>(response, { purpose, email, organization, role, hasAccount });
    })
    .all(answers.methodNotAllowed('POST'));

  routes
    .route('/api/setup/forgotten')
    .post(fromOwnPage, body, async (request, response) => {
      const input = parseBody(forgottenInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const refusal = await forgotten.count(addressOf(request));
      if (refusal !== undefined) return answers.answer(response, refusal);
      // Away for everybody, whether or not there is such an account.
      await store.ping();
      response.once('close', () => void forgotten.mail(input.value.email));
      response.status(204).end();
    })
    .all(answers.methodNotAllowed('POST'));

  // Somebody who can sign in stays, so that is asked until it is so.
  let isSetUp = false;
  routes
    .route('/api/setup')
    .get(async (_request, response) => {
      isSetUp ||= await store.hasUsers();
      answerJson<Wire.SetupState>(response, { isSetUp, isMailOn: forgotten.isMailOn });
    })
    .post(fromOwnPage, body, async (request, response) => {
      const input = parseBody(setupInput, request);
      if (isRefusal(input)) return answers.answer(response, input);
      const user = await links.use(input.value, addressOf(request));
      await answerSignedIn(request, response, isRefusal(user) ? user : await sessions.begin(user));
    })
    .all(answers.methodNotAllowed('GET', 'POST'));
  return routes;
}
