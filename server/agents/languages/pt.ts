import { stemmer } from '@orama/stemmers/portuguese';
import { stopwords } from '@orama/stopwords/portuguese';
import { readSynonyms, type Language } from './language.ts';

/** What else a question begins with. */
const fillers =
  'como quando onde qual quais olá oi bom dia boa obrigado obrigada favor quero queria gostaria posso pode podem têm vocês vcs pra pro dá'.split(
    ' ',
  );

export const portuguese: Language = {
  stopwords: new Set([...stopwords, ...fillers]),
  stem: stemmer,
  synonyms: readSynonyms(`
entrega entregar entregam enviar envio frete mandar chegar encomenda despachar
demora demorar prazo rápido tempo duração
preço preços custa custam custo valor caro barato tarifa taxa cobrar mensalidade
devolver devolução trocar troca
reembolso reembolsar dinheiro estorno
cancelar cancelamento desistir rescindir anular desmarcar
pagar pagamento pagamentos
cartão visa mastercard crédito débito multibanco pix
fatura recibo nota
abrir aberto abrem abertura horário horários funcionamento fechar fechado fecham horas
endereço morada localização fica ficam chegar encontrar
estacionar estacionamento parque carro garagem vaga
contato contacto ligar telefone email ajuda falar suporte atendimento
marcar reservar reserva marcação agendar consulta mesa
conta perfil cadastro
senha palavra-passe entrar login esqueci acesso
desconto descontos cupom cupão promoção código
presente oferecer oferta
garantia garantias
quebrado partido defeito danificado avariado estragado
consertar conserto arranjar reparar reparação arranjo
acessível cadeira rodas elevador acessibilidade deficiência
animal animais cão cachorro gato bicho bichos estimação
criança crianças filho filhos família bebê bebé miúdo miúdos infantil
vegano vegana vegetariano vegetariana vegetarianos
alergia alergias alérgico glúten lactose intolerância celíaco
comida comer refeição prato pratos ementa cardápio
wifi wi-fi internet
emprego trabalho trabalhar vaga
privacidade dados pessoais
seguro segura segurança
experimentar experimental teste testar aula demo
plano assinatura contrato fidelização fidelidade mensalidade
grátis gratuito gratuita incluído incluída
exterior internacional países estrangeiro europa fora
professor professora professores instrutor treinador
aula aulas curso cursos lição
iniciante iniciantes principiante nível
certificado diploma
tamanho tamanhos medida medidas
estoque stock disponível disponibilidade
rastrear rastreio acompanhar estado
pedido encomenda comprar compra encomendar
mudar alterar trocar remarcar adiar modificar alteração
atraso atrasado atrasar
chegada check-in entrada
saída check-out
duche chuveiro balneário vestiário cacifo armário toalha
dor dói urgência urgente emergência
seguro convênio plano comparticipação
aplicativo aplicação app telemóvel celular
exportar baixar descarregar
apagar eliminar excluir remover
equipe equipa utilizadores usuários colegas
sábado domingo fim-de-semana sábados
retirar buscar levantar recolher
esplanada terraço fora jardim
grupo grupos festa evento aniversário
mínimo mínima
pausar suspender congelar
`),
};
