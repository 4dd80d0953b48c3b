/** The few options that `reference.ts` sets: https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/ */
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  export interface SwaggerUIOptions {
    readonly domNode: Element;
    readonly spec: unknown;
    readonly deepLinking: boolean;
    readonly docExpansion: 'list' | 'full' | 'none';
    readonly defaultModelsExpandDepth: number;
    readonly defaultModelRendering: 'example' | 'model';
    /** Calls that can be tried out. */
    readonly supportedSubmitMethods: readonly string[];
    /** Null: no badge of an outside validator. */
    readonly validatorUrl: null;
    readonly plugins: readonly SwaggerUIPlugin[];
    readonly onComplete: () => void;
  }
  type Component = (properties: { readonly text: string }) => string | null;
  export interface SwaggerUIPlugin {
    readonly wrapComponents: Readonly<Record<string, (original: unknown) => Component>>;
  }
  export default function SwaggerUI(options: SwaggerUIOptions): void;
}

declare module '*.css';
