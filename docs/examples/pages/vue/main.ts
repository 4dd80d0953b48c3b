import { createApp } from 'vue';
import 'postern/widget/vue';
import Shop from './shop.vue';

createApp(Shop).mount(document.body.appendChild(document.createElement('main')));
