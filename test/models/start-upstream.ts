/** Real servers of models: where each is had, and how it is started. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findFreePort } from '../support/free-port.ts';
import { getPythonProgram, type PythonProgram } from './get-python-program.ts';

interface UpstreamKind {
  readonly name: string;
  readonly program: PythonProgram;
  readonly model: string;
  readonly apiKey: string | undefined;
  /** It tells what an answer took. */
  readonly reportsUse: boolean;
  /** What is started with that Python, in a folder of its own. */
  /** Built by `LLAMA_CPP=build npm run test:models`; from then on it is there. */
  readonly isOnlyBuiltWhenAsked?: true;
  readonly args: (run: { python: string; folder: string; port: number }) => Promise<readonly string[]>;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const liteLlmKey = 'sk-master-0123456789';
/** The proxy's answer, which no model gives. */
export const mockAnswer = 'Hello from the proxy, word by word.';

export const upstreamKinds: readonly UpstreamKind[] = [
  {
    name: 'LiteLLM',
    program: { name: 'litellm-1.108.7', requirements: here('litellm-requirements.txt'), limitMs: 600_000 },
    model: 'mock',
    apiKey: liteLlmKey,
    reportsUse: true,
    args: ({ folder, port }) => {
      const config = join(folder, 'config.yaml');
      const params = { model: 'openai/none', api_key: 'none', mock_response: mockAnswer };
      const settings = {
        model_list: [{ model_name: 'mock', litellm_params: params }],
        general_settings: { master_key: liteLlmKey },
      };
      // JSON is YAML too.
      writeFileSync(config, JSON.stringify(settings));
      const cli = 'from litellm import run_server; run_server()';
      return Promise.resolve(['-c', cli, '--config', config, '--host', '127.0.0.1', '--port', String(port)]);
    },
  },
  {
    name: 'llama.cpp',
    // It has no wheel, and takes some twenty minutes to build.
    program: { name: 'llama-cpp-python-0.3.36', requirements: here('llama-requirements.txt'), limitMs: 3_600_000 },
    isOnlyBuiltWhenAsked: true,
    model: 'random',
    apiKey: undefined,
    // Its server leaves `stream_options` out of account.
    reportsUse: false,
    async args({ python, folder, port }) {
      const model = join(folder, 'random.gguf');
      await promisify(execFile)(python, [here('make-random-model.py'), model]);
      const options = ['--chat_format', 'chatml', '--n_ctx', '8192', '--host', '127.0.0.1', '--port', String(port)];
      return ['-m', 'llama_cpp.server', '--model', model, ...options];
    },
  },
];

interface RunningUpstream {
  readonly baseUrl: string;
  stop(): Promise<void>;
}

/** Undefined where it can't be had, and that is said. */
export async function startUpstream(kind: UpstreamKind): Promise<RunningUpstream | undefined> {
  const isKeptOnly = kind.isOnlyBuiltWhenAsked === true && process.env.LLAMA_CPP !== 'build';
  const python = await getPythonProgram({ ...kind.program, isKeptOnly }).catch((error: unknown) => {
    console.error(
      `\n!!! THE TESTS OF MODELS ON ${kind.name.toUpperCase()} ARE SKIPPED: ${String(error).slice(0, 2_000)}\n`,
    );
    return undefined;
  });
  if (python === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'postern-upstream-'));
  const port = await findFreePort();
  const args = await kind.args({ python, folder, port });
  // It would fetch a list of prices from elsewhere.
  const env = { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'True' };
  const child = spawn(python, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const headers = { authorization: `Bearer ${kind.apiKey ?? 'none'}` };
  for (let tries = 0; tries < 240; tries++) {
    const isUp = await fetch(`${baseUrl}/models`, { headers }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return { baseUrl, stop };
    if (child.exitCode !== null) break;
    await sleep(500);
  }
  await stop();
  throw new Error(`${kind.name} does not start: ${said.slice(-2_000)}`);
}
