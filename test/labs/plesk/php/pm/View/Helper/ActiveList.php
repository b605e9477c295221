<?php

class pm_View_Helper_ActiveList extends Zend_View_Helper_Abstract implements Zend_View_Helper_Interface
{
    public const LAYOUT_AUTO = 'auto';
    public const LAYOUT_RESPONSIVECOLUMN = 'responsivecolumn';

    protected $_componentType = 'Jsw.ActiveList';
    protected $_localeSection = 'components.active-list';

    /** @var list<array<string, mixed>> */
    private array $data = [];

    public function activeList(array $options = [])
    {
        $this->setData($options['data'] ?? []);
        return $this;
    }

    public function setData(array $data)
    {
        $this->data = $data;
        return $this;
    }

    public function setLayout($layout)
    {
        return $this;
    }

    public function setLocale(array $locale = [])
    {
        return $this;
    }

    public function __toString(): string
    {
        $items = '';
        foreach ($this->data as $item) {
            $items .= '<section class="pul-card"><h3>' . Zend_View::text($item['title'] ?? '') . '</h3>';
            foreach ($item['summary'] ?? [] as $line) {
                $items .= '<p>' . Zend_View::text($line['name']) . ': ' . Zend_View::text($line['value']) . '</p>';
            }
            foreach ([...($item['toolbar'] ?? []), ...($item['services'] ?? []), ...($item['actions'] ?? [])] as $link) {
                $items .= '<a href="' . Zend_View::text($link['link'] ?? '#') . '">' . Zend_View::text($link['title']) . '</a> ';
            }
            $items .= ($item['additionalHtml'] ?? '') . '</section>';
        }
        return $items;
    }
}
