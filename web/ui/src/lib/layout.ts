// The other keyboard layout: «Cnjkjdfz» typed in QWERTY was meant as «Столовая», and the other way round.
const latin = 'qwertyuiop[]asdfghjkl;\'zxcvbnm,.`QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~';
const cyrillic = 'йцукенгшщзхъфывапролджэячсмитьбюёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ';
const over = new Map<string, string>();
for (let i = 0; i < latin.length; i++) {
  over.set(latin[i]!, cyrillic[i]!);
  over.set(cyrillic[i]!, latin[i]!);
}

/** The same keys in the other layout; characters that stand on no letter key stay. */
export const swapped = (text: string): string => [...text].map((ch) => over.get(ch) ?? ch).join('');
