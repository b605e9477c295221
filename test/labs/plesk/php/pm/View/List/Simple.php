<?php

class pm_View_List_Simple
{
    public const COLUMN_SELECTION = 'Jsw.list.COLUMN_SELECTION';
    public const SORT_DIR_UP = 'up';
    public const SORT_DIR_DOWN = 'down';
    public const ITEMS_UNLIMITED = 100000;

    protected $_columns = [];
    protected $_data = [];
    protected $_tools = [];
    protected $_dataUrl = [];
    protected $_pageable = true;
    protected $_defaultItemsPerPage = 25;
    protected $_defaultSortField;
    protected $_defaultSortDirection = 'up';
    protected $_options;

    private Zend_Controller_Request_Abstract $request;

    public function __construct(Zend_View $view, Zend_Controller_Request_Abstract $request, $options = [])
    {
        $this->request = $request;
        $this->_options = $options;
        $this->_defaultSortField = $options['defaultSortField'] ?? null;
        $this->_defaultSortDirection = $options['defaultSortDirection'] ?? self::SORT_DIR_UP;
        $this->_pageable = $options['pageable'] ?? true;
    }

    public function setColumns(array $columns)
    {
        $this->_columns = $columns;
    }

    public function addSearchFilters(array $filters)
    {
    }

    public function setData(array $data): void
    {
        $this->_data = $data;
    }

    /** One page of rows, as the list's own data action answers. */
    public function fetchData()
    {
        $rows = $this->sorted();
        $size = $this->_pageable ? $this->_defaultItemsPerPage : self::ITEMS_UNLIMITED;
        $page = max(1, (int) $this->request->getParam('page', 1));
        return [
            'data' => array_slice($rows, ($page - 1) * $size, $size),
            'pager' => ['current' => $page, 'itemsPerPage' => $size, 'total' => count($rows)],
        ];
    }

    public function setDataUrl($params)
    {
        $this->_dataUrl = $params;
    }

    public function setTools(array $tools)
    {
        $this->_tools = $tools;
    }

    public function lmsg($key, $params = [])
    {
        return pm_Locale::lmsg($key, $params);
    }

    public function getId()
    {
        return 'list-' . md5(Lab_Panel::module() . json_encode($this->_dataUrl));
    }

    /** The table; of the lab. */
    final public function labRender(): string
    {
        $columns = array_filter($this->_columns, static fn ($column) => is_array($column));
        $selects = in_array(self::COLUMN_SELECTION, $this->_columns, true);
        $head = $selects ? '<th scope="col"><input type="checkbox" aria-label="Select all"></th>' : '';
        foreach ($columns as $column) {
            $head .= '<th scope="col">' . Zend_View::text($column['title'] ?? '') . '</th>';
        }
        $body = '';
        foreach ($this->fetchData()['data'] as $id => $row) {
            $body .= '<tr>' . ($selects ? '<td><input type="checkbox" name="listCheckbox[]" value="' . Zend_View::text((string) $id) . '"></td>' : '');
            foreach ($columns as $name => $column) {
                $cell = (string) ($row[$name] ?? '');
                $body .= '<td>' . (($column['noEscape'] ?? false) ? $cell : Zend_View::text($cell)) . '</td>';
            }
            $body .= '</tr>';
        }
        $tools = '';
        foreach ($this->_tools as $tool) {
            $tools .= '<button type="button" class="pul-button">' . Zend_View::text($tool['title'] ?? '') . '</button> ';
        }
        return '<div class="pul-list" id="' . $this->getId() . '"><div class="pul-toolbar">' . $tools . '</div>'
            . "<table class=\"pul-list__table\"><thead><tr>$head</tr></thead><tbody>$body</tbody></table></div>";
    }

    /** @return array<int|string, array<string, mixed>> */
    private function sorted(): array
    {
        $rows = $this->_data;
        $field = $this->request->getParam('sort-field', $this->_defaultSortField);
        if ($field !== null) {
            uasort($rows, static fn ($one, $other) => strnatcasecmp((string) ($one[$field] ?? ''), (string) ($other[$field] ?? '')));
            if ($this->request->getParam('sort-direction', $this->_defaultSortDirection) === self::SORT_DIR_DOWN) {
                $rows = array_reverse($rows, true);
            }
        }
        return $rows;
    }
}
