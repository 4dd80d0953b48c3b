/** `custom-elements.json` from the class doc block of the element, for editors and documentation. */
const isInner = ({ name, privacy }) => privacy === 'private' || name === 'isChecking';

export default {
  globs: ['widget/element.ts'],
  outdir: `${process.env.POSTERN_BUILD_INTO ?? 'dist'}/widget`,
  litelement: true,
  packagejson: false,
  plugins: [
    {
      name: 'postern:public-only',
      packageLinkPhase({ customElementsManifest }) {
        for (const declaration of customElementsManifest.modules.flatMap(({ declarations }) => declarations)) {
          for (const list of ['members', 'attributes']) {
            if (declaration[list]) declaration[list] = declaration[list].filter((entry) => !isInner(entry));
          }
        }
      },
    },
  ],
};
