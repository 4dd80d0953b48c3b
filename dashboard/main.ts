import { Dashboard } from './app.ts';
import { registerElements } from './register-elements.ts';

registerElements({ 'postern-dashboard': Dashboard });
