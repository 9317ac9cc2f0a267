BeforeDiscovery {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule
    $commands = @(Get-Command -Module LakebaseOps | ForEach-Object { @{ Name = $_.Name } })
    $topics = @(
        Get-ChildItem -Path (Join-Path -Path (Split-Path -Path (Get-TestedManifest) -Parent) -ChildPath module/bin/en-US) -Filter about_*.help.txt |
            ForEach-Object { @{ Topic = $_.Name.Replace('.help.txt', '') } })
}

BeforeAll {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule

    # Names in a piece of code that no command or parameter of the module bears.
    function Get-CodeProblem {
        param([string] $Code)

        $tokens = $errors = $null
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref] $tokens, [ref] $errors)
        $errors | ForEach-Object { "line $($_.Extent.StartLineNumber): $($_.Message)" }
        $isCommand = { param($node) $node -is [System.Management.Automation.Language.CommandAst] -and $node.GetCommandName() -like '*-Lakebase*' }
        foreach ($call in $tree.FindAll($isCommand, $true)) {
            $command = Get-Command -Name $call.GetCommandName() -Module LakebaseOps -ErrorAction Ignore
            if (-not $command) {
                "$($call.GetCommandName()) does not exist"
                continue
            }

            foreach ($element in $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                try {
                    $null = $command.ResolveParameter($element.ParameterName)
                }
                catch {
                    "$($command.Name) has no -$($element.ParameterName)"
                }
            }
        }
    }
}

Describe 'Help of <Name>' -ForEach $commands {
    BeforeAll {
        $help = Get-Help -Name $Name -Full
        $command = Get-Command -Name $Name
    }

    It 'has a synopsis and a description' {
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -BeLike "*$Name ``[*"
        $help.description.Text | Should -Not -BeNullOrEmpty
    }

    It 'describes every parameter' {
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters
        foreach ($parameter in $command.Parameters.Keys | Where-Object { $_ -notin $common }) {
            $entry = $help.parameters.parameter | Where-Object Name -eq $parameter
            $entry.description.Text | Should -Not -BeNullOrEmpty -Because "-$parameter needs a description"
        }
    }

    It 'has three examples that parse and name what exists' {
        @($help.examples.example).Count | Should -BeGreaterOrEqual 3
        foreach ($example in $help.examples.example) {
            Get-CodeProblem -Code $example.code | Should -BeNullOrEmpty -Because $example.title
        }
    }

    It 'reads well with -Examples and -Parameter' {
        $text = Get-Help -Name $Name -Examples | Out-String -Width 200
        $text | Should -Match 'Example 3'
        Get-Help -Name $Name -Parameter * | Out-String -Width 200 | Should -Match 'Accept pipeline input\?'
    }
}

Describe 'Topic <Topic>' -ForEach $topics {
    It 'is found, with a short description of one line' {
        $text = Get-Help -Name $Topic | Out-String -Width 200
        $text | Should -Match 'SHORT DESCRIPTION'
        ($text -split '\r?\n')[4].Trim() | Should -Not -BeNullOrEmpty
    }
}

Describe 'Topics' {
    It 'include the way in, errors, sessions, workflows, loading and Azure Automation' {
        foreach ($topic in '', '_Errors', '_Sessions', '_Workflows', '_Loading', '_AzureAutomation') {
            Get-Help -Name "about_LakebaseOps$topic" | Out-String | Should -Match 'SHORT DESCRIPTION'
        }
    }

    It 'list every error id' {
        $text = Get-Help -Name about_LakebaseOps_Errors | Out-String -Width 400
        foreach ($field in [LakebaseOps.ErrorIds].GetFields()) {
            $text | Should -Match ([regex]::Escape($field.GetRawConstantValue()))
        }
    }
}
