package Cpanel::Args;

# Stand-in for the arguments that a UAPI function gets.

use strict;
use warnings;

sub new {
    my ( $class, $pairs ) = @_;
    return bless { pairs => $pairs }, $class;
}

sub _all {
    my ( $self, $name ) = @_;
    return map { $_->[1] } grep { $_->[0] eq $name || $_->[0] =~ /\A\Q$name\E-\d+\z/ } @{ $self->{pairs} };
}

sub get {
    my ( $self, @names ) = @_;
    my @values = map { ( $self->_all($_) )[0] } @names;
    return wantarray ? @values : $values[0];
}

sub get_multiple {
    my ( $self, $name ) = @_;
    return $self->_all($name);
}

sub get_required {
    my ( $self, @names ) = @_;
    for my $name (@names) {
        die { missing => $name } if !defined $self->get($name);
    }
    return $self->get(@names);
}

sub get_length_required {
    my ( $self, @names ) = @_;
    for my $name (@names) {
        my $value = $self->get($name);
        die { missing => $name } if !defined $value || $value eq q{};
    }
    return $self->get(@names);
}

sub get_length_required_multiple {
    my ( $self, $name ) = @_;
    my @values = grep { defined && $_ ne q{} } $self->_all($name);
    die { missing => $name } if !@values;
    return @values;
}

sub exists { return scalar $_[0]->_all( $_[1] ) ? 1 : 0 }
sub keys   { return map { $_->[0] } @{ $_[0]{pairs} } }
sub get_raw_args_hr { return { map { @{$_} } @{ $_[0]{pairs} } } }

1;
