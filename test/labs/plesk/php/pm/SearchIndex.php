<?php

abstract class pm_SearchIndex
{
    protected $data;

    public function __construct($data = null)
    {
        $this->data = $data;
    }

    final public function getData()
    {
        return $this->data;
    }

    abstract public function getIndexedFields();

    public function getTitle()
    {
        return '';
    }

    public function getDescription()
    {
        return '';
    }

    public function getIcon()
    {
        return '';
    }

    public function getLink()
    {
        return '';
    }

    public function isVisible()
    {
        return true;
    }

    public function getBoost()
    {
        return 1.0;
    }
}
