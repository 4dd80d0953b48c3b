import 'postern/widget';

const chat = document.querySelector('postern-chat');
const output = document.querySelector('output');

document.querySelector('button')?.addEventListener('click', () => {
  chat?.open();
  chat?.send('What is Postern?');
});
chat?.addEventListener('postern-reply', ({ detail }) => {
  if (output) output.value = detail.text;
});
