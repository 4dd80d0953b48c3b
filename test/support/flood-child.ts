/** Sends many requests at once from a process of its own, whose work so delays nobody who is measured beside it. */
import { send, type RequestOptions } from './requests.ts';

export interface FloodRequest {
  readonly path: string;
  readonly options: RequestOptions;
}

process.on('message', ({ port, requests }: { port: number; requests: readonly FloodRequest[] }) => {
  void Promise.all(requests.map(({ path, options }) => send({ port }, path, options))).then((replies) =>
    process.send?.(replies.map(({ status }) => status)),
  );
});
process.send?.('ready');
