<?php

/* As much of Zend Framework 1's forms as pages of extensions use. */

interface Zend_Validate_Interface
{
}

class Zend_Form_Element
{
    public string $type;
    public string $name;
    /** @var array<string, mixed> */
    public array $options;
    public mixed $value;
    /** @var list<string> */
    public array $errors = [];

    /** @param array<string, mixed> $options */
    public function __construct(string $type, string $name, array $options)
    {
        $this->type = lcfirst($type);
        $this->name = $name;
        $this->options = $options;
        $this->value = $options['value'] ?? null;
    }

    public function getValue()
    {
        return $this->value;
    }

    public function setValue($value)
    {
        $this->value = $value;
        return $this;
    }

    public function getName()
    {
        return $this->name;
    }

    public function getMessages()
    {
        return $this->errors;
    }

    public function addError($message)
    {
        $this->errors[] = $message;
        return $this;
    }

    public function labCheck(): bool
    {
        $text = is_scalar($this->value) ? trim((string) $this->value) : $this->value;
        if (($text === '' || $text === null) && ($this->options['required'] ?? false)) {
            $this->errors[] = 'This required field is empty. You need to specify a value.';
        }
        if ($text !== '' && $text !== null) {
            foreach ($this->options['validators'] ?? [] as $validator) {
                $problem = self::problem($validator, (string) $text);
                if ($problem !== null) {
                    $this->errors[] = $problem;
                }
            }
            if (isset($this->options['multiOptions']) && !isset($this->options['multiOptions'][(string) $text])) {
                $this->errors[] = 'The value was not found in the list.';
            }
        }
        return $this->errors === [];
    }

    public function labRender(): string
    {
        $id = Zend_View::text($this->name);
        $value = is_scalar($this->value) ? Zend_View::text((string) $this->value) : '';
        $label = Zend_View::text((string) ($this->options['label'] ?? ''));
        if ($this->type === 'hidden') {
            return "<input type=\"hidden\" name=\"$id\" value=\"$value\">";
        }
        $field = match ($this->type) {
            'textarea' => "<textarea id=\"$id\" name=\"$id\">$value</textarea>",
            'checkbox' => "<input type=\"checkbox\" id=\"$id\" name=\"$id\" value=\"1\"" . ($this->value ? ' checked' : '') . '>',
            'select' => "<select id=\"$id\" name=\"$id\">" . $this->choices('<option value="%s"%s>%s</option>', ' selected') . '</select>',
            'radio' => $this->choices("<label><input type=\"radio\" name=\"$id\" value=\"%s\"%s> %s</label>", ' checked'),
            'password' => "<input type=\"password\" id=\"$id\" name=\"$id\">",
            'simpleText', 'description' => '<span>' . (($this->options['escape'] ?? true) ? $value : (string) $this->value) . '</span>',
            default => "<input type=\"text\" id=\"$id\" name=\"$id\" value=\"$value\">",
        };
        $help = isset($this->options['description']) ? '<small>' . Zend_View::text((string) $this->options['description']) . '</small>' : '';
        $errors = implode('', array_map(static fn ($text) => '<p class="lab-problem">' . Zend_View::text($text) . '</p>', $this->errors));
        return "<div class=\"pul-form-field\"><label for=\"$id\">$label</label>$field$help$errors</div>";
    }

    private function choices(string $pattern, string $mark): string
    {
        $html = '';
        foreach ($this->options['multiOptions'] ?? [] as $key => $title) {
            $chosen = (string) $key === (string) $this->value ? $mark : '';
            $html .= sprintf($pattern, Zend_View::text((string) $key), $chosen, Zend_View::text((string) $title));
        }
        return $html;
    }

    private static function problem(mixed $validator, string $text): ?string
    {
        [$name, , $options] = (array) $validator + [null, false, []];
        $bounds = array_values((array) $options);
        $wrong = match (lcfirst((string) $name)) {
            'notEmpty' => $text === '',
            'digits', 'int' => !preg_match('/^\d+$/', $text),
            'emailAddress' => filter_var($text, FILTER_VALIDATE_EMAIL) === false,
            'stringLength' => mb_strlen($text) < ($bounds[0] ?? 0) || (isset($bounds[1]) && mb_strlen($text) > $bounds[1]),
            'between' => $text < $bounds[0] || $text > $bounds[1],
            'regex' => !preg_match((string) ($options['pattern'] ?? $bounds[0]), $text),
            default => throw new Zend_Exception('The lab has no validator ' . $name),
        };
        return $wrong ? 'The value is invalid.' : null;
    }
}

class Zend_Form
{
    /** @var array<string, Zend_Form_Element> */
    private array $elements = [];
    /** @var array<string, Zend_Form> */
    private array $subForms = [];
    /** @var array<string, mixed>|null */
    protected ?array $controlButtons = null;
    private string $action = '';

    public function __construct($options = [])
    {
        $this->action = $options['action'] ?? '';
    }

    public function setAction($action)
    {
        $this->action = $action;
        return $this;
    }

    public function addElement($element, $name = null, $options = null)
    {
        $made = $element instanceof Zend_Form_Element ? $element : new Zend_Form_Element($element, (string) $name, $options ?? []);
        $this->elements[$made->name] = $made;
        return $this;
    }

    public function getElement($name)
    {
        return $this->elements[$name] ?? null;
    }

    public function getElements()
    {
        return $this->elements;
    }

    public function removeElement($name)
    {
        unset($this->elements[$name]);
    }

    public function __get(string $name): ?Zend_Form_Element
    {
        return $this->getElement($name);
    }

    public function populate(array $values)
    {
        foreach ($values as $name => $value) {
            $this->getElement($name)?->setValue($value);
        }
        return $this;
    }

    public function isValid($data)
    {
        $valid = true;
        foreach ($this->elements as $name => $element) {
            if (!in_array($element->type, ['simpleText', 'description'], true)) {
                $element->setValue($data[$name] ?? ($element->type === 'checkbox' ? false : ''));
            }
            $valid = $element->labCheck() && $valid;
        }
        foreach ($this->subForms as $name => $form) {
            $valid = $form->isValid($data[$name] ?? []) && $valid;
        }
        return $valid;
    }

    public function getValue($name)
    {
        return $this->getElement($name)?->getValue();
    }

    public function getValues($suppressArrayNotation = false)
    {
        return array_map(static fn ($element) => $element->getValue(), $this->elements);
    }

    public function getMessages()
    {
        return array_filter(array_map(static fn ($element) => $element->getMessages(), $this->elements));
    }

    public function addSubForm(Zend_Form $form, $name, $order = null)
    {
        $this->subForms[$name] = $form;
        return $this;
    }

    public function getSubForm($name)
    {
        return $this->subForms[$name] ?? null;
    }

    public function getSubForms()
    {
        return $this->subForms;
    }

    public function __toString(): string
    {
        return $this->render();
    }

    /** The field with the forgery token is added by itself (spec plesk §2.4). */
    public function render($view = null)
    {
        $token = Zend_View::text(Lab_Panel::session()['forgeryToken'] ?? '');
        $fields = implode('', array_map(static fn ($element) => $element->labRender(), $this->elements));
        $buttons = '';
        if ($this->controlButtons !== null) {
            $send = Zend_View::text((string) ($this->controlButtons['sendTitle'] ?? 'OK'));
            $cancel = Zend_View::text((string) ($this->controlButtons['cancelLink'] ?? '#'));
            $buttons = "<div class=\"pul-form-buttons\"><button type=\"submit\" class=\"pul-button pul-button--primary\">$send</button> "
                . "<a class=\"pul-button\" href=\"$cancel\">Cancel</a></div>";
        }
        return '<form method="post" action="' . Zend_View::text($this->action) . '" class="pul-form" data-plesk-form>'
            . "<input type=\"hidden\" name=\"forgery_protection_token\" value=\"$token\">$fields$buttons</form>";
    }
}
