import { Dashboard } from './app.ts';
import { keepFocus } from './focus-keeper.ts';
import { registerElements } from './register-elements.ts';

registerElements({ 'postern-dashboard': Dashboard });
keepFocus();
