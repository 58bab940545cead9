// Towns to begin with: their zone and their middle. Another town is written by hand.
export interface City { ru: string; en: string; zone: string; lat: number; lon: number }
const city = (ru: string, en: string, zone: string, lat: number, lon: number): City => ({ ru, en, zone, lat, lon });
export const cities: City[] = [
  city('Москва', 'Moscow', 'Europe/Moscow', 55.7558, 37.6173), city('Санкт-Петербург', 'Saint Petersburg', 'Europe/Moscow', 59.9343, 30.3351),
  city('Казань', 'Kazan', 'Europe/Moscow', 55.7963, 49.1064), city('Нижний Новгород', 'Nizhny Novgorod', 'Europe/Moscow', 56.3269, 44.0059),
  city('Краснодар', 'Krasnodar', 'Europe/Moscow', 45.0355, 38.9753), city('Ростов-на-Дону', 'Rostov-on-Don', 'Europe/Moscow', 47.2225, 39.7188),
  city('Воронеж', 'Voronezh', 'Europe/Moscow', 51.6608, 39.2003), city('Калининград', 'Kaliningrad', 'Europe/Kaliningrad', 54.7104, 20.4522),
  city('Самара', 'Samara', 'Europe/Samara', 53.1959, 50.1002), city('Волгоград', 'Volgograd', 'Europe/Volgograd', 48.708, 44.5133),
  city('Саратов', 'Saratov', 'Europe/Saratov', 51.5336, 46.0342), city('Екатеринбург', 'Yekaterinburg', 'Asia/Yekaterinburg', 56.8389, 60.6057),
  city('Пермь', 'Perm', 'Asia/Yekaterinburg', 58.0105, 56.2294), city('Челябинск', 'Chelyabinsk', 'Asia/Yekaterinburg', 55.1644, 61.4368),
  city('Уфа', 'Ufa', 'Asia/Yekaterinburg', 54.7388, 55.9721), city('Тюмень', 'Tyumen', 'Asia/Yekaterinburg', 57.153, 65.5343),
  city('Омск', 'Omsk', 'Asia/Omsk', 54.9885, 73.3242), city('Новосибирск', 'Novosibirsk', 'Asia/Novosibirsk', 55.0084, 82.9357),
  city('Красноярск', 'Krasnoyarsk', 'Asia/Krasnoyarsk', 56.0153, 92.8932), city('Иркутск', 'Irkutsk', 'Asia/Irkutsk', 52.2896, 104.2806),
  city('Якутск', 'Yakutsk', 'Asia/Yakutsk', 62.0272, 129.7319), city('Владивосток', 'Vladivostok', 'Asia/Vladivostok', 43.1155, 131.8855),
];
