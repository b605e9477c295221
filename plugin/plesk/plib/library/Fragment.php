<?php

declare(strict_types=1);

/**
 * What the agent shows, made ready for the panel's frame: its forms have a field for the panel's forgery token, without which
 * the panel refuses them (spec plesk §2.4).
 */
final class Modules_XolphinSsl_Fragment
{
    /** As the agent writes it; what people typed is escaped there and can't look like it. */
    private const FIELD = '<input type="hidden" name="forgery_protection_token" value="%s">';

    public static function of(?string $answer): string
    {
        $empty = sprintf(self::FIELD, '');
        if ($answer === null || !str_contains($answer, $empty)) {
            return $answer ?? '';
        }

        return str_replace($empty, sprintf(self::FIELD, htmlspecialchars(self::token())), $answer);
    }

    /** The panel tells its token to nobody but its own forms, which have it as a field. Empty: the page's script looks for it. */
    private static function token(): string
    {
        $form = new DOMDocument();
        $html = Modules_XolphinSsl_Answer::ask(static fn (): string => (string) (new pm_Form_Simple())->render());
        if (!is_string($html) || $html === '' || !$form->loadHTML($html, LIBXML_NOERROR | LIBXML_NOWARNING)) {
            return '';
        }
        foreach ($form->getElementsByTagName('input') as $field) {
            if ($field->getAttribute('name') === 'forgery_protection_token') {
                return $field->getAttribute('value');
            }
        }

        return '';
    }
}
