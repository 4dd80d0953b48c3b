import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Shop } from './shop.tsx';

createRoot(document.body.appendChild(document.createElement('main'))).render(
  <StrictMode>
    <Shop />
  </StrictMode>,
);
