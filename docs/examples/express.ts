import express from 'express';
import { requireKey } from 'postern/express';

const { POSTERN_URL = '', POSTERN_CREDENTIAL = '' } = process.env;
const gate = { url: POSTERN_URL, credential: POSTERN_CREDENTIAL };

export const app = express();
// By `use`, so that it also answers what a page's browser asks before (OPTIONS).
app.use('/invoices', requireKey(gate, { scope: 'invoices:read' }));
app.get('/invoices', (request, response) => {
  response.json({ invoicesOf: request.postern?.key.externalId });
});
