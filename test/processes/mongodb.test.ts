import { describe, inject } from 'vitest';
import { freshDatabase } from '../support/mongod.ts';
import { testThreeProcesses } from './three-processes.ts';

const { url } = inject('mongod');

describe.skipIf(url === undefined)('three processes on one MongoDB', () => {
  testThreeProcesses('MongoDB', freshDatabase(url ?? 'mongodb://127.0.0.1'));
});
