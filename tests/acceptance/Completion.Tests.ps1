BeforeAll {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule
    $session = New-TestSession -Name completion
    Invoke-LakebaseQuery -Session $session -Query 'CREATE SCHEMA crm; CREATE TABLE crm.orders (id int, version int); CREATE TABLE public.customers (id int); CREATE TABLE public."Odd name" (id int PRIMARY KEY)'

    function Get-Completion {
        param([string] $Line)

        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $found = (TabExpansion2 -inputScript $Line -cursorColumn $Line.Length).CompletionMatches
        [pscustomobject]@{ Texts = @($found.CompletionText); Milliseconds = $watch.ElapsedMilliseconds }
    }

    # What else a machine does now and then is not what a completion takes.
    function Get-QuickestCompletion {
        param([string] $Line)

        1..5 | ForEach-Object { Get-Completion -Line $Line } | Sort-Object -Property Milliseconds | Select-Object -First 1
    }
}

AfterAll {
    Remove-TestSession -Session $session
}

Describe 'Completion' {
    It 'offers the open sessions' {
        (Get-Completion -Line 'Get-LakebaseTable -Session ').Texts | Should -Contain $session.Name
    }

    It 'offers tables of the session within 500 ms' {
        $found = Get-QuickestCompletion -Line "Test-LakebaseTable -Session $($session.Name) -Table "
        $found.Texts -join ' ' | Should -Match 'customers'
        $found.Texts -join ' ' | Should -Match 'orders'
        Write-Host "    completion of a table: $($found.Milliseconds) ms"
        $found.Milliseconds | Should -BeLessOrEqual 500
    }

    It 'offers columns of the table that is named' {
        (Get-Completion -Line 'Invoke-LakebaseBulkLoad -Path ./x.csv -Table crm.orders -KeyColumn i').Texts | Should -Be 'id'
        (Get-Completion -Line 'Invoke-LakebaseBulkLoad -Path ./x.csv -Table crm.orders -KeyColumn id, v').Texts | Should -Be 'version'
        (Get-Completion -Line 'Invoke-LakebaseBulkLoad -Path ./x.csv -Table crm.orders -VersionColumn ').Texts | Should -Be @('id', 'version')
        (Get-Completion -Line 'Test-LakebaseTable -Table crm.orders -KeyColumn ').Texts | Should -Be @('id', 'version')
    }

    It 'quotes a name that needs it' {
        $text = (Get-Completion -Line "Test-LakebaseTable -Session $($session.Name) -Table ").Texts | Where-Object { $_ -match 'Odd' }
        $tokens = $errors = $null
        $null = [System.Management.Automation.Language.Parser]::ParseInput("Test-LakebaseTable -Table $text", [ref] $tokens, [ref] $errors)
        $errors | Should -BeNullOrEmpty
        (Test-LakebaseTable -Session $session -Table ([scriptblock]::Create("Write-Output $text").Invoke()[0])).Status | Should -Not -Contain 'Failed'
    }

    It 'offers the values of an enumeration' {
        (Get-Completion -Line 'Measure-LakebaseFeatureLatency -Mode ').Texts | Should -Contain 'Union'
    }

    It 'is silent and quick when there is no server' {
        $found = Get-QuickestCompletion -Line "Test-LakebaseTable -Session 'Host=127.0.0.1;Port=1;Username=nobody;Database=none;Timeout=5' -Table zz"
        $found.Milliseconds | Should -BeLessOrEqual 1500
    }
}
