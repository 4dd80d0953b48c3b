import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/** Without this, Vue looks for a component of that name, and warns. */
const isCustomElement = (tag: string): boolean => tag === 'postern-chat';

export default defineConfig({ plugins: [vue({ template: { compilerOptions: { isCustomElement } } })] });
