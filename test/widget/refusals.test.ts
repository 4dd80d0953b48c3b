import { expect } from 'chai';
import { behaviours, type FailureCode } from '../../widget/failure.ts';
import { en } from '../../widget/i18n/en.ts';
import { problems, type ProblemCode } from '../../server/gate/problem.ts';
import { agentAnswer, KEY, problem } from './answers.ts';
import { clean, consoleErrors, createScene, mount, next, one, texts, until, isTold } from './support.ts';

const codes = Object.keys(problems) as ProblemCode[];
const refusals = codes.filter((code) => behaviours[code].refused);

describe('a refusal', () => {
  afterEach(clean);

  it('has a behaviour for every code of the server’s table, and none that the table lacks', () => {
    const local = ['offline', 'unreachable', 'blocked', 'silent', 'interrupted', 'answer_unexpected', 'stopped'];
    expect(Object.keys(behaviours).filter((code) => !local.includes(code))).to.have.members(codes);
  });

  for (const code of refusals) {
    it(`${code}: one calm sentence for the visitor, the reason once for the owner`, async () => {
      const fix = `Change what ${code} asks for on the API keys page.`;
      const scene = await createScene({ agent: [problem(problems[code].status, code, { fix })] });
      const said = await consoleErrors(async () => {
        const chat = mount(scene);
        const failed = next(document, 'postern-error');
        chat.open();
        const { detail } = await failed;
        expect(detail).to.include({ code, fix, origin: location.origin, requestId: 'req_1' });
        await until(() => one(chat, '.trouble'));
        expect(texts(chat, '[part=alert]')).to.deep.equal([en.unavailable]);
        // Asked again, refused again: said once.
        const again = next(chat, 'postern-error');
        one(chat, '[part=retry]')!.click();
        await again;
        await isTold();
      });
      expect(said).to.have.length(1);
      expect(said[0]).to.include(code).and.include(location.origin).and.include(fix);
      expect(said[0], 'no key in the console').not.to.include(KEY);
    });
  }

  for (const code of codes.filter((candidate) => !behaviours[candidate].refused)) {
    it(`${code}: its own sentence and way out, without a word in the owner’s console`, async () => {
      const scene = await createScene({ agent: [problem(problems[code].status, code)] });
      const said = await consoleErrors(async () => {
        const chat = mount(scene);
        const failed = next(chat, 'postern-error');
        chat.open();
        expect((await failed).detail.code).to.equal(code);
        await until(() => one(chat, '.trouble'));
        expect(texts(chat, '[part=alert]')).to.deep.equal([en[behaviours[code].sentence]]);
        expect(one(chat, '[part=retry]')).not.to.equal(null);
        await isTold();
      });
      expect(said).to.deep.equal([]);
    });
  }

  const wrongTags: readonly [string, string, FailureCode][] = [
    ['no key', '', 'credentials_missing'],
    ['a key with a typing mistake', 'pk_short', 'credentials_malformed'],
    ['a secret beside the key', `${KEY}:sk_${'0'.repeat(64)}`, 'secret_in_browser'],
  ];
  for (const [name, key, code] of wrongTags) {
    it(`${name} in the page: nothing is sent, and the owner is told without repeating it`, async () => {
      const scene = await createScene();
      const said = await consoleErrors(async () => {
        const chat = mount(scene, { 'public-key': key });
        const failed = next(chat, 'postern-error');
        chat.open();
        expect((await failed).detail.code).to.equal(code);
        await until(() => one(chat, '.trouble'));
        await isTold();
      });
      expect(await scene.asked()).to.deep.equal([]);
      expect(said).to.have.length(1);
      expect(said[0]).to.include(code).and.include('Fix:').and.not.include('000000');
    });
  }

  it('with hide-when-blocked: one early question, and no launcher where the answer is no', async () => {
    const scene = await createScene({ agent: [problem(403, 'origin_not_allowed', { fix: 'Add it.' })] });
    const said = await consoleErrors(async () => {
      const chat = mount(scene, { 'hide-when-blocked': '' });
      const failed = next(chat, 'postern-error');
      await chat.updateComplete;
      expect(one(chat, '.launcher')?.checkVisibility()).to.equal(false);
      await failed;
      await chat.updateComplete;
      expect(one(chat, '.launcher')?.checkVisibility()).to.equal(false);
      await isTold();
    });
    expect(said).to.have.length(1);
    expect(await scene.asked()).to.have.length(1);
  });

  it('with hide-when-blocked: the launcher appears where the answer is yes, and opening asks nothing again', async () => {
    const scene = await createScene({ agent: [{ ...agentAnswer, gate: 'yes' }] });
    const chat = mount(scene, { 'hide-when-blocked': '' });
    await until(async () => (await scene.asked()).length === 1);
    expect(one(chat, '.launcher')?.checkVisibility()).to.equal(false);
    await scene.go('yes');
    await until(() => one(chat, '.launcher')?.checkVisibility());
    chat.open();
    await until(() => one(chat, '.message.agent'));
    expect(await scene.asked()).to.have.length(1);
  });

  it('with hide-when-blocked: a server that cannot be reached is no refusal, the launcher appears', async () => {
    const scene = await createScene({ agent: [problem(503, 'store_unavailable')] });
    const chat = mount(scene, { 'hide-when-blocked': '' });
    await next(chat, 'postern-error');
    await until(() => one(chat, '.launcher')?.checkVisibility());
  });
});
