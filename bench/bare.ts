/** What there is to compare with: Express 5 with helmet and nothing else, giving the same answer. */
import type { AddressInfo } from 'node:net';
import express from 'express';
import helmet from 'helmet';

process.once('message', (answer: object) => {
  const app = express();
  app.use(helmet());
  app.get('/api/v1/agents', (_request, response) => {
    response.json(answer);
  });
  const server = app.listen(0, '127.0.0.1', () => {
    process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
});
process.once('SIGTERM', () => process.exit(0));
