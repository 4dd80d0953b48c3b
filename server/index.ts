/** `postern`: its parts for another program. `openGate` on a store, or the whole server. */
export { createApp } from './app.ts';
export type { App, AppParts } from './app.ts';
export { readConfig } from './config.ts';
export type { Config } from './config.ts';
export { openGate } from './in-process-gate.ts';
export type { InProcessGate, InProcessGateOptions } from './in-process-gate.ts';
export { startServer } from './start.ts';
export { openStore, parseDatabaseUrl } from './store/open.ts';
export type { DatabaseUrl } from './store/open.ts';
export type { Store } from './store/port.ts';
