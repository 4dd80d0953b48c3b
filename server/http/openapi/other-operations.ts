/** Sessions and one-time links, and what is asked about the server itself. */
import { passwordInput, previewInput, setupInput, signInInput } from '../../accounts/account-input.ts';
import { signOutQuery } from '../request-input.ts';
import type { Operation } from './operation.ts';

const sessions = { tag: 'Sessions' } as const;
const server = { tag: 'The server', caller: { kind: 'anyone' } } as const;
const signedIn = { description: 'Who is signed in now.', type: 'Session', headers: ['Set-Cookie'] } as const;

export const otherOperations: readonly Operation[] = [
  {
    ...sessions,
    method: 'get',
    path: '/api/session',
    id: 'getSession',
    summary: 'Who is signed in',
    caller: { kind: 'session' },
    answers: { 200: { description: 'The person and their organizations.', type: 'Session' } },
  },
  {
    ...sessions,
    method: 'post',
    path: '/api/session',
    id: 'signIn',
    summary: 'Sign in',
    caller: { kind: 'ownPage' },
    body: signInInput,
    answers: { 200: signedIn },
    refusals: ['sign_in_required', 'rate_limited', 'conflict'],
  },
  {
    ...sessions,
    method: 'delete',
    path: '/api/session',
    id: 'signOut',
    summary: 'Sign out',
    caller: { kind: 'session' },
    query: signOutQuery,
    answers: { 204: { description: 'Signed out. No body.', headers: ['Set-Cookie'] } },
  },
  {
    ...sessions,
    method: 'put',
    path: '/api/session/password',
    id: 'changePassword',
    summary: 'Change one’s password',
    description: 'Every other session ends.',
    caller: { kind: 'session' },
    body: passwordInput,
    answers: { 200: signedIn },
    refusals: ['rate_limited', 'conflict'],
  },
  {
    ...sessions,
    method: 'post',
    path: '/api/setup/preview',
    id: 'previewLink',
    summary: 'What a one-time link is for',
    caller: { kind: 'ownPage' },
    body: previewInput,
    answers: { 200: { description: 'What it does, and for whom.', type: 'SetupPreview' } },
    refusals: ['not_found'],
  },
  {
    ...sessions,
    method: 'get',
    path: '/api/setup',
    id: 'getSetup',
    summary: 'Whether anybody can sign in yet',
    caller: { kind: 'anyone' },
    answers: { 200: { description: 'Whether somebody has been let in.', type: 'SetupState' } },
    refusals: ['server_busy', 'store_unavailable'],
  },
  {
    ...sessions,
    method: 'post',
    path: '/api/setup',
    id: 'useLink',
    summary: 'Use a one-time link',
    description:
      'Signs in. Somebody who has an account and is invited sends its password. The first owner may add `email` and `organizationName`.',
    caller: { kind: 'ownPage' },
    body: setupInput,
    answers: { 200: signedIn },
    refusals: ['sign_in_required', 'not_found', 'rate_limited', 'conflict'],
  },
  {
    ...server,
    method: 'get',
    path: '/healthz',
    id: 'getLiveness',
    summary: 'Does the process live?',
    answers: { 200: { description: 'It does.', type: 'Liveness' } },
  },
  {
    ...server,
    method: 'get',
    path: '/readyz',
    id: 'getReadiness',
    summary: 'Can it serve?',
    answers: { 200: { description: 'It can.', type: 'Health' } },
    refusals: ['store_unavailable'],
  },
  {
    ...server,
    method: 'get',
    path: '/metrics',
    id: 'getMetrics',
    summary: 'Figures for Prometheus',
    caller: { kind: 'monitor' },
    answers: {
      200: { description: 'The figures, at most a second old.', texts: { 'text/plain': 'Prometheus’ text format.' } },
    },
  },
  {
    ...server,
    method: 'get',
    path: '/api/openapi.json',
    id: 'getDocument',
    summary: 'This document',
    answers: {
      200: {
        description: 'OpenAPI 3.1.',
        texts: { 'application/json': '' },
        headers: ['ETag', 'Vary', 'Access-Control-Allow-Origin', 'Cross-Origin-Resource-Policy'],
      },
      304: {
        description: 'It is what `If-None-Match` names. No body.',
        headers: ['ETag', 'Vary', 'Access-Control-Allow-Origin', 'Cross-Origin-Resource-Policy'],
      },
    },
    refusals: ['not_found'],
  },
];
