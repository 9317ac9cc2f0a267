BeforeDiscovery {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    $root = Split-Path -Path (Get-TestedManifest) -Parent
    $repository = (Resolve-Path -Path "$PSScriptRoot/../..").ProviderPath
    $scripts = @(
        Get-ChildItem -Path "$root/module", $PSScriptRoot -Recurse -Include *.ps1, *.psm1, *.psd1
        Get-ChildItem -Path $root -File -Filter *.psd1
        Get-ChildItem -Path $repository -File -Filter build.ps1
    ) | ForEach-Object { @{ Script = $_.FullName; Label = $_.Name } }
    $hasAnalyzer = [bool](Get-Module -ListAvailable -Name PSScriptAnalyzer)
    if (-not $hasAnalyzer) {
        Write-Host 'SCRIPTS NOT ANALYZED: PSScriptAnalyzer is not installed (Install-Module PSScriptAnalyzer).'
    }
}

Describe 'Script <Label>' -ForEach $scripts {
    It 'is clean under PSScriptAnalyzer' -Skip:(-not $hasAnalyzer) {
        $settings = @{ ExcludeRules = 'PSAvoidUsingWriteHost', 'PSAvoidUsingConvertToSecureStringWithPlainText', 'PSUseDeclaredVarsMoreThanAssignments', 'PSUseSingularNouns', 'PSReviewUnusedParameter', 'PSAvoidUsingInvokeExpression' }
        # The module and its samples keep every rule; a few make no sense in tests.
        if ($Script -notlike "*.Tests.ps1" -and $Script -notlike '*acceptance*') {
            $settings = @{}
        }
        Invoke-ScriptAnalyzer -Path $Script -Settings $settings | ForEach-Object { "$($_.RuleName) line $($_.Line): $($_.Message)" } | Should -BeNullOrEmpty
    }

    It 'parses' {
        $tokens = $errors = $null
        $null = [System.Management.Automation.Language.Parser]::ParseFile($Script, [ref] $tokens, [ref] $errors)
        $errors | Should -BeNullOrEmpty
    }
}

Describe 'The runbook sample' {
    BeforeAll {
        Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
        Import-TestedModule
        $runbook = Join-Path -Path (Split-Path -Path (Get-TestedManifest) -Parent) -ChildPath module/samples/Update-FeatureTable.ps1
        $session = New-TestSession -Name runbook
        Invoke-LakebaseQuery -Session $session -Query 'CREATE TABLE features (id bigint PRIMARY KEY, name text NOT NULL, amount double precision)'
        New-TestCsv -Path "$TestDrive/features.csv" -Rows 2000
        # As in a runtime environment, where the module is found by its name.
        $searched = $env:PSModulePath
        $env:PSModulePath = (Split-Path -Path (Split-Path -Path (Get-TestedManifest)) -Parent) + [System.IO.Path]::PathSeparator + $searched
        # As an Azure Automation connection asset gives it.
        $server = Get-TestServer
        $asset = @{
            HostName = $server.Host; Port = $server.Port; Database = $session.Database; Username = $server.Username
            Password = (Get-Content -Path (Get-ChildItem -Path $server.Path -Filter *pass* | Select-Object -First 1) -Raw).Trim()
        }
    }

    AfterAll {
        $env:PSModulePath = $searched
        Remove-TestSession -Session $session
    }

    It 'loads and verifies, and does it again' {
        $checks = & $runbook -Table public.features -Path "$TestDrive/features.csv" -Connection $asset 6> $null
        $checks.Status | Should -Not -Contain 'Failed'
        $checks.Table | Sort-Object -Unique | Should -Be 'public.features'
        $null = & $runbook -Table public.features -Path "$TestDrive/features.csv" -Connection $asset 6> $null
        (Invoke-LakebaseQuery -Session $session -Query 'SELECT count(*)::int AS n FROM features').n | Should -Be 2000
    }

    It 'shows no secret in its streams' {
        $all = & $runbook -Table public.features -Path "$TestDrive/features.csv" -Connection $asset -Verbose *>&1 | Out-String
        $all.Contains($asset.Password) | Should -BeFalse
    }

    It 'fails loudly' {
        { & $runbook -Table public.features -Path "$TestDrive/none.csv" -Connection $asset 6> $null } | Should -Throw
    }
}

Describe 'The acceptance sample' {
    BeforeAll {
        Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
        Import-TestedModule
        $manifest = Get-TestedManifest
        $gate = Join-Path -Path (Split-Path -Path (Get-TestedManifest) -Parent) -ChildPath module/samples/Acceptance.Tests.ps1
        $session = New-TestSession -Name gate
        Invoke-LakebaseQuery -Session $session -Query 'CREATE TABLE gated (id bigint PRIMARY KEY); INSERT INTO gated VALUES (1)'
    }

    AfterAll {
        Remove-TestSession -Session $session
    }

    It 'passes a table as it should be, and fails one that is not' {
        foreach ($rows in 1, 2) {
            $data = @{ Table = 'gated'; Parameter = @{ Session = $session; ExpectedRows = $rows } }
            # A run within this run would mix their results: it has a runspace of its own, and the session goes there as it is.
            $counts = $data | ForEach-Object -Parallel {
                Import-Module -Name $using:manifest
                $container = New-PesterContainer -Path $using:gate -Data $_
                $run = Invoke-Pester -Container $container -PassThru -Output None
                @{ Passed = $run.PassedCount; Failed = $run.FailedCount }
            }
            $counts.Passed | Should -BeGreaterThan 15
            $counts.Failed | Should -Be ($rows - 1)
        }
    }
}
