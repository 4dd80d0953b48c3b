import { stemmer } from '@orama/stemmers/spanish';
import { stopwords } from '@orama/stopwords/spanish';
import { readSynonyms, type Language } from './language.ts';

/** What else a question begins with. */
const fillers = 'hola buenas gracias favor quiero querría quisiera puedo podéis tenéis hacéis'.split(' ');

export const spanish: Language = {
  stopwords: new Set([...stopwords, ...fillers]),
  stem: stemmer,
  synonyms: readSynonyms(`
envío enviar enviáis mandar entrega entregar entregáis reparto repartir llegar llega pedido
tardar tarda tardáis rápido demora plazo tiempo duración
precio precios costar cuesta cuestan coste costo vale caro barato tarifa tarifas cobrar cobráis
devolver devolución devoluciones cambio cambiar
reembolso reembolsar dinero
cancelar cancelación anular anulación baja desapuntar
pagar pago pagos abonar
tarjeta visa mastercard crédito débito bizum
factura recibo ticket
abrir abierto abrís apertura horario horarios cerrar cierre cerráis cerrado hora horas
dirección ubicación llegar encontrar ubicados situado
aparcar aparcamiento parking estacionar estacionamiento coche garaje
contacto contactar llamar teléfono correo email ayuda soporte hablar persona
reservar reserva reservas cita mesa
cuenta perfil usuario registro
contraseña clave acceso entrar sesión
descuento descuentos cupón promoción oferta ofertas código rebaja
regalo regalar
garantía garantías
roto rota rotos defectuoso dañado estropeado averiado
reparar reparación arreglar arreglo
accesible silla ruedas discapacitados minusválidos ascensor
mascota mascotas perro perros gato animal animales
niño niños niña hijo hijos familia bebé críos peques infantil
vegano vegana veganos vegetariano vegetariana vegetarianos
alergia alergias alérgico alérgenos gluten celíaco celíacos intolerancia intolerante
comida comer menú plato platos carta
wifi internet
trabajo empleo trabajar vacante
privacidad datos personales
seguro segura seguridad cifrado
prueba probar demo
plan suscripción membresía contrato permanencia cuota
gratis gratuito gratuita incluido incluida
extranjero internacional países europa fuera
profesor profesora profesores instructor monitor entrenador maestro
clase clases curso cursos lección
principiante principiantes nivel
certificado diploma título
talla tallas tamaño medida medidas
stock disponible disponibilidad
rastrear seguimiento estado
comprar compra pedir pedido
cambiar modificar mover aplazar modificación
retraso tarde
llegada check-in entrada
salida check-out
ducha duchas vestuario vestuarios taquilla taquillas toalla toallas
dolor duele urgencia urgencias emergencia
seguro mutua aseguradora cubre
aplicación app móvil celular
exportar descargar
borrar eliminar
equipo usuarios compañeros
finde sábado sábados domingo domingos semana
recoger recogida llevar
terraza fuera jardín exterior
grupo grupos fiesta evento celebración celebrar cumpleaños
mínimo mínima
pausar congelar
`),
};
